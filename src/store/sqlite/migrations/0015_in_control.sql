-- The trace context that came with an input, as one text (model/trace); null: none came.
alter table event add column trace text;
alter table observation add column trace text;

-- Since when a lane has had no success, how many attempts have failed since, and the last notice of it in percent. Of rows that
-- are there only the last failure is known.
alter table lane_health add column failing_since integer;
alter table lane_health add column failed integer not null default 0;
alter table lane_health add column told integer not null default 0;
update lane_health set failing_since = failed_at, failed = failures;
