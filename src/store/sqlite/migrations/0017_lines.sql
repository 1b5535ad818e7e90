-- Lanes that keep the order of each subject (order: "subject"). A line is what such a lane owes about one subject; live
-- deliveries, what was sent again by hand, and replays are lines of their own. Its head alone may be sent; the rows of `behind`
-- wait for it, with location 3 of delivery. A line has a row here once somebody waits in it or its head has failed.
create table line (
  lane integer not null,
  line text not null,
  organization integer not null,
  head integer not null,
  primary key (lane, line)
) strict, without rowid;

create table behind (
  lane integer not null,
  line text not null,
  delivery integer not null,
  organization integer not null,
  primary key (lane, line, delivery)
) strict, without rowid;
