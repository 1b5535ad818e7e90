-- Minutes as sensing states them, one row for each subject and hour; `minutes` is written by minute-hours.ts. A row is first
-- keyed by its day: the minutes of one moment touch few pages, a year of one subject is read from one place for each day, and
-- what is past its retention are the first rows. `day`: days since 1970, `hour`: 0..23, both UTC.
create table minute_hour (
  day integer not null,
  organization integer not null,
  subject integer not null,
  hour integer not null,
  minutes blob not null,
  primary key (day, organization, subject, hour)
) strict, without rowid;

-- Small numbers for subjects. `series`: codes.ts.
create table minute_subject (
  number integer primary key,
  organization integer not null,
  series integer not null,
  id text not null,
  unique (organization, series, id)
) strict;
