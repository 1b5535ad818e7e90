-- Append-ordered rows: every table that grows with traffic is keyed by a number that only rises, so that a commit touches
-- few pages however many organizations and lanes there are. `organization` is the shard key and stands in every table.

-- Single facts: last numbers given out, the owner's epoch, where the fold stands, the check of the master key.
create table meta (
  name text primary key,
  value any not null
) strict, without rowid;

-- Names that repeat in every row, as small numbers: event types of a dialect, kinds of observations (dialect '').
create table kind (
  number integer primary key,
  dialect text not null,
  name text not null,
  unique (dialect, name)
) strict;

create table organization (
  number integer primary key,
  id text not null unique,
  name text not null,
  revision integer not null,
  data_key blob not null,
  model text
) strict;

create table subscription (
  number integer primary key,
  organization integer not null,
  id text not null unique,
  state text not null,
  record text not null,
  secrets blob,
  removed_at integer
) strict;
create index subscription_of on subscription (organization) where removed_at is null;

create table place (
  kind text not null,
  id text not null,
  organization integer not null,
  number integer,
  primary key (kind, id)
) strict, without rowid;
create unique index place_number on place (kind, number) where number is not null;
create index place_of on place (organization);

create table key (
  id text primary key,
  role text not null,
  organization integer,
  target text,
  hash blob not null,
  created_at integer not null,
  revoked_at integer
) strict, without rowid;

create table audit (
  number integer primary key,
  organization integer,
  at integer not null,
  actor text not null,
  action text not null,
  object text not null,
  detail text,
  hash blob not null
) strict;

create table observation (
  position integer primary key,
  organization integer not null,
  kind integer not null,
  floor text,
  at integer not null,
  accepted_at integer not null,
  body text not null
) strict;
create index observation_floor on observation (organization, floor, at) where floor is not null;

create table input_id (
  organization integer not null,
  kind integer not null,
  id text not null,
  hash text not null,
  day integer not null,
  primary key (organization, kind, id)
) strict, without rowid;

create table event (
  number integer primary key,
  organization integer not null,
  kind integer not null,
  id text not null,
  subject text not null,
  at integer not null,
  accepted_at integer not null,
  revision integer not null,
  previous text,
  scopes text,
  key text,
  body text not null
) strict;
create index event_id on event (id);
create unique index event_key on event (organization, key) where key is not null;

-- The last value of a subject, kept only while some delivery asked to be owed on change.
create table last_value (
  organization integer not null,
  kind integer not null,
  subject text not null,
  value text not null,
  primary key (organization, kind, subject)
) strict, without rowid;

-- Only what is still owed. `again`: made after its event (resend, replay), so out of the order of events.
create table delivery (
  number integer primary key,
  organization integer not null,
  event integer not null,
  lane integer not null,
  variant integer not null,
  attempts integer not null,
  created_at integer not null,
  due integer not null,
  parked integer not null,
  again integer not null
) strict;
create index delivery_parked on delivery (lane, due) where parked = 1;
create index delivery_again on delivery (event) where again = 1;

-- Append-only. The row with the highest n of a delivery tells its final state; `waited` is started_at - created_at.
create table attempt (
  delivery integer not null,
  n integer not null,
  organization integer not null,
  event integer not null,
  lane integer not null,
  variant integer not null,
  started_at integer not null,
  waited integer not null,
  duration integer not null,
  code integer not null,
  status integer,
  detail text,
  response blob,
  response_bytes integer not null,
  state integer,
  primary key (delivery, n)
) strict, without rowid;
-- Failures are few and the first thing that people look for; 0 is delivered.
create index attempt_failed on attempt (state, delivery) where state > 0;

-- Deliveries by lane, extended behind the work; meta `lane_log` says up to which delivery.
create table lane_log (
  lane integer not null,
  delivery integer not null,
  organization integer not null,
  primary key (lane, delivery)
) strict, without rowid;

-- What the fold of sensing remembers.
create table subject (
  organization integer not null,
  key text not null,
  value text not null,
  primary key (organization, key)
) strict, without rowid;
