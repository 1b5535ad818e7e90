-- Pictures that somebody uploaded. `kind`: `floor`, and `id` is the floor's; or `organization`, its logo. `type`: the media type, by
-- the bytes. Their order on the disk does not matter: each is read alone.
create table picture (
  organization integer not null,
  kind text not null,
  id text not null,
  type text not null,
  bytes blob not null,
  updated_at integer not null,
  primary key (organization, kind, id)
) strict;
