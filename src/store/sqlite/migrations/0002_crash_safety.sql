-- What outlives a process, however it ends: how lanes stand with receivers that fail or asked for patience, and which
-- deliveries were under way when a process ended. Both are empty while all is well. meta `released` is the last epoch whose
-- owner ended in order, `closed` the last one after which the file was closed and its log taken in.
insert into meta select 'released', value from meta where name = 'epoch';
insert into meta select 'closed', value from meta where name = 'epoch';

create table lane_standing (
  lane integer primary key,
  organization integer not null,
  failures integer not null,
  until integer not null
) strict;

-- `tries`: attempts that were noted before they began and not settled; each may have ended a process.
create table suspect (
  delivery integer primary key,
  organization integer not null,
  tries integer not null
) strict;

-- delivery.parked: 0 in the owner's memory only, 1 found by reads of its lane, 2 in quarantine.
create index delivery_quarantined on delivery (lane) where parked = 2;
