-- In which order the deliveries of a lane go. `class`: 0 live, 1 retry (failed once, or resent), 2 replay. The index serves
-- reads of one class of one lane, by due time.
alter table delivery add column class integer not null default 0;
update delivery set class = 1 where attempts > 0 or again = 1;
drop index delivery_parked;
create index delivery_on_disk on delivery (lane, class, due) where location = 1;
