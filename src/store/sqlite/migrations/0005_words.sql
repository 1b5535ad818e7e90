-- The words of ARCHITECTURE.md in tables and columns. `location` of a delivery: 0 in the owner's memory only, 1 on the
-- disk (spilled), found by reads of its lane, 2 in quarantine.
alter table delivery rename column parked to location;
alter table lane_standing rename to lane_health;
alter table lane_log rename to delivery_by_lane;
alter table input_id rename to idempotency_key;
alter table fresh_input rename to recent_idempotency_key;
alter table suspect rename to started;
update meta set name = 'delivery_by_lane' where name = 'lane_log';
update meta set name = 'idempotency_keys_pruned' where name = 'inputs_forgotten';
delete from meta where name = 'seen';
