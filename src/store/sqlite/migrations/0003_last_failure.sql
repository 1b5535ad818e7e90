-- Why a lane stands as it does: its last failure. Null where it was remembered by a release before this one.
alter table lane_standing add column code integer;
alter table lane_standing add column status integer;
alter table lane_standing add column failed_at integer;
