-- Ids of building models are unique within their organization: each may have a building_1, and none can take another's. Keyed by
-- the organization first, so that a look-up within one costs the same whatever others have. The two indexes serve operators,
-- whose keys may look everywhere.
create table place_by_organization (
  organization integer not null,
  kind text not null,
  id text not null,
  number integer,
  primary key (organization, kind, id)
) strict, without rowid;
insert into place_by_organization select organization, kind, id, number from place;
drop table place;
alter table place_by_organization rename to place;
create index place_number on place (organization, kind, number) where number is not null;
create index place_anywhere on place (kind, id);
create index place_number_anywhere on place (kind, number) where number is not null;
