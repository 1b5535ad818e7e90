-- Replay jobs. `start`, `up_to`, `position`: numbers of events, `criteria`: JSON text (model/replay). The slice that adds
-- deliveries moves `position` in the same transaction.
create table replay (
  number integer primary key,
  organization integer not null,
  id text not null unique,
  lane integer not null,
  state text not null,
  reason text,
  criteria text not null,
  per_second integer not null,
  start integer not null,
  up_to integer not null,
  position integer not null,
  scanned_until integer,
  added integer not null,
  created_at integer not null,
  created_by text not null,
  ended_at integer
) strict;
create index replay_open on replay (number) where ended_at is null;
create index replay_of on replay (organization, number);

-- Which deliveries a job added: one row for each slice, whose deliveries are numbered without a gap.
create table replayed (
  first integer primary key,
  last integer not null,
  organization integer not null,
  replay integer not null
) strict;
create index replayed_of on replayed (replay, first);
