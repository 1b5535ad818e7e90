-- Ids that senders gave, as they came: an id of its own organization would cost each commit a page of `input_id`. They are
-- sorted into that behind the work, and are in one of the two or in both.
create table fresh_input (
  number integer primary key,
  organization integer not null,
  kind integer not null,
  id text not null,
  hash text not null,
  day integer not null
) strict;
