-- What a subscription is owed is numbered from 1 on, without holes. `sequence` of a delivery and of its attempts: the number that
-- was given with it; negative: the number of an earlier delivery of its event, which it repeats (a resend or a replay); null:
-- none, as in everything that was there before.
alter table delivery add column sequence integer;
alter table attempt add column sequence integer;

-- Which deliveries have which numbers: one row for up to 512 of a lane, written behind the work together with `delivery_by_lane`.
-- `delivery` to `last_delivery` are those of its first and last number, others of the lane between them. `event`: that of the
-- first number. A row whose `delivery` is null stands for numbers that a restored copy has left out. The last row of a lane
-- stays, since it tells which numbers were given out.
create table sequence_run (
  lane integer not null,
  first integer not null,
  last integer not null,
  organization integer not null,
  delivery integer,
  last_delivery integer,
  event integer,
  primary key (lane, first)
) strict, without rowid;
create index sequence_run_event on sequence_run (lane, event) where event is not null;
