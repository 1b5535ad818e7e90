-- What tenants may no longer have of what their lanes are owed: of events up to `up_to` what `reason` takes away
-- (model/withdrawal.ts). `pending`: 1 until all of it is cancelled. A row stays after that, since it forbids resends.
create table withdrawal (
  number integer primary key,
  organization integer not null,
  lane integer not null,
  tenant text not null,
  up_to integer not null,
  reason text not null,
  pending integer not null
) strict;
create index withdrawal_of_lane on withdrawal (lane);
create index withdrawal_pending on withdrawal (organization) where pending = 1;

-- Why a subscription was removed, for those who look at what it was owed. Null: its owner deleted it.
alter table subscription add column removed_because text;
-- The revision of its organization with which it was last written: readers ask for what is newer than what they have.
alter table subscription add column revision integer not null default 0;
