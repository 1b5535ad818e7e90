-- Entries of access logs and calls for reading, numbered by their observation's place in the log. `kind`: codes.ts.
create table entry (
  number integer primary key,
  organization integer not null,
  kind integer not null,
  building text not null,
  at integer not null,
  accepted_at integer not null,
  source_id text,
  guid text,
  status text not null,
  type text,
  origin text,
  words text not null,
  data text not null
) strict;
create index entry_list on entry (organization, building, kind, number);
create index entry_guid on entry (guid) where guid is not null;

-- Whom an entry concerned when it came, and where they lived then: what their keys may read. `ground`: codes.ts.
create table entry_tenant (
  organization integer not null,
  tenant text not null,
  kind integer not null,
  number integer not null,
  unit text not null,
  ground integer not null,
  primary key (organization, tenant, kind, number)
) strict, without rowid;
create index entry_tenant_number on entry_tenant (number);

-- What an API made and nobody may read from the file: PINs of keys and codes of access tools, sealed.
create table pin (
  organization integer not null,
  kind text not null,
  id text not null,
  sealed blob not null,
  primary key (organization, kind, id)
) strict, without rowid;
