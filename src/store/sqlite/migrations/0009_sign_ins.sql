-- Sign-ins of people by OAuth: one row for each, from the code on. Nothing in them is a secret: codes and refresh tokens are kept
-- as keyed hashes. `redirect`, `challenge` and `code_hash` are null where there was no code (password grant), `code_hash` stays
-- when the code is redeemed, so that its reuse is recognized. `generation`: refreshes so far. `used`: the highest generation
-- whose access token was used. `until`: epoch ms after which the row says nothing.
create table sign_in (
  id text primary key,
  key text not null,
  client text not null,
  redirect text,
  challenge text,
  code_hash blob,
  redeemed integer not null,
  generation integer not null,
  used integer not null,
  created_at integer not null,
  until integer not null
) strict, without rowid;
create index sign_in_until on sign_in (until);

-- A generation has several where a client lost an answer and asked again.
create table refresh_token (
  sign_in text not null,
  hash blob not null,
  generation integer not null,
  primary key (sign_in, hash)
) strict, without rowid;

-- Access tokens that were revoked one by one; what a sign-in gave ends with its row.
create table revoked_token (
  id text primary key,
  until integer not null
) strict, without rowid;
create index revoked_token_until on revoked_token (until);

-- A key may be for several buildings, or for several tenants: JSON text.
alter table key rename column target to targets;
update key set targets = case when targets is null then '[]' else json_array(targets) end;
