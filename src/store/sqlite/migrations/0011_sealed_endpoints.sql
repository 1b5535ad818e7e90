-- The whole endpoint of a subscription is sealed with its secrets. Records of before hold it in clear: those that were removed
-- lose it here; the others are sealed when the store is opened, which has the keys, and then the table is written anew.
update subscription set record = json_remove(record, '$.endpoint')
  where removed_at is not null and json_valid(record);
insert into meta (name, value) select 'clear_endpoints', 1 where exists (select 1 from subscription);
