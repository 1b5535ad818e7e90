-- The store on PostgreSQL. Names and columns are those of the embedded store wherever both have a thing; what differs is said here.
--
-- Numbers of events, deliveries and observations rise in the order in which their transactions are committed, over all nodes
-- (ordered-writes.ts), and tell the time: a number is at least (epoch ms - 2025-01-01) * 4096. So ranges of numbers are ranges of
-- time: tables that grow with traffic are partitioned by number (partitions.ts), and what has ended goes with its partition.

create table meta (
  name text primary key,
  value text not null
);

-- Names that repeat in every row, as small numbers: event types of a dialect, kinds of observations (dialect '').
create table kind (
  number integer primary key generated always as identity,
  dialect text not null,
  name text not null,
  unique (dialect, name)
);

-- The first byte of the SHA-256 of an id (shards.ts). What it is made of depends on no setting, which PostgreSQL cannot know.
create function shard_of(id text) returns smallint as $$ select get_byte(sha256(convert_to(id, 'UTF8')), 0)::smallint $$
  language sql immutable strict parallel safe;

-- `shard`: shard_of its id. `number` is never used again. `subscription_bytes`: of the records and secrets of its subscriptions,
-- but for removed ones.
create table organization (
  number integer primary key generated always as identity,
  id text collate "C" not null unique,
  shard smallint not null generated always as (shard_of(id)) stored,
  name text not null,
  revision bigint not null,
  data_key bytea not null,
  model_version bigint,
  subscription_bytes bigint not null default 0
);

-- What is owned, and under which epoch. `epoch` 0: nobody has owned it yet. `released`: its owner ended in order.
create table shard (
  number smallint primary key,
  epoch bigint not null default 0,
  released boolean not null default true,
  -- How far sensing had come in the observation log when this epoch began: fold, shard_fold.
  folded_before bigint not null default 0,
  reread_before bigint not null default 0,
  -- Deliveries up to this number were spilled when the owner began.
  owned_up_to bigint not null default 0
) with (fillfactor = 50);
insert into shard (number) select generate_series(0, 255);
create sequence epoch_number;

-- How far the owner of an epoch has folded the observation log, and from where sensing reads again after a restart. A row for each
-- commit that tells it: one row that all of them update would pile up dead versions while somebody holds a transaction open. The
-- row with the highest position counts.
create table fold (
  epoch bigint not null,
  position bigint not null,
  reread_from bigint not null,
  primary key (epoch, position)
) with (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000);
-- The same by shard.
create view shard_fold as
  select s.number as shard, s.epoch, greatest(s.folded_before, f.position) as folded,
    case when f.position >= s.folded_before then f.reread_from else s.reread_before end as reread_from
  from shard s left join lateral (select position, reread_from from fold where epoch = s.epoch order by position desc limit 1) f
    on true;
-- A new owner goes on where the one before it was, whoever changes the epoch.
create function keep_fold() returns trigger as $$
begin
  select f.folded, f.reread_from into new.folded_before, new.reread_before from shard_fold f where f.shard = old.number;
  return new;
end $$ language plpgsql;
create trigger keep_fold before update of epoch on shard for each row when (old.epoch <> new.epoch)
  execute function keep_fold();

-- Numbers given out last: moved under the lock of ordered-writes.ts only, and never back, also where a transaction fails.
create sequence event_number;
create sequence delivery_number;
create sequence observation_number;
-- Whoever reads this, and then the rows, sees all deliveries up to this number that ever will be: their writes had ended.
create sequence delivery_up_to minvalue 0;
-- Which process wrote under that lock last: what it has in memory of the rows it wrote is then still so.
create sequence last_writer minvalue 0;
create sequence writer_number;
-- Lanes and butterflymx_ids: shown to clients, so small.
create sequence next_number start 100000001;
create sequence model_version;

create table subscription (
  number bigint primary key,
  organization integer not null,
  id text collate "C" not null unique,
  state text not null,
  record text not null,
  secrets bytea,
  removed_at bigint,
  removed_because text,
  revision bigint not null default 0
);
-- Removed ones too: their past stays readable.
create index subscription_of on subscription (organization);
-- A snapshot reads the numbers of all, and whole rows of those only that were written since the one before.
create index subscription_since on subscription (organization, revision, number) where removed_at is null;

create table model_piece (
  organization integer not null,
  version bigint not null,
  piece integer not null,
  text text not null,
  primary key (organization, version, piece)
);

-- Texts of models that were begun and not ended. `given_up`: nobody goes on with it, its pieces are being removed.
create table model_draft (
  version bigint primary key,
  organization integer not null,
  written_at timestamptz not null default now(),
  given_up boolean not null default false
);
create index model_draft_of on model_draft (organization);

create table place (
  organization integer not null,
  kind text not null,
  id text collate "C" not null,
  number bigint,
  primary key (organization, kind, id)
);
create index place_number on place (organization, kind, number) where number is not null;
create index place_anywhere on place (kind, id, organization);
create index place_number_anywhere on place (kind, number, organization) where number is not null;

create table key (
  id text collate "C" primary key,
  role text not null,
  organization integer,
  targets text not null,
  hash bytea not null,
  created_at bigint not null,
  revoked_at bigint,
  name text,
  description text
);
create index key_of on key (organization) where organization is not null;

create table audit (
  number bigint primary key,
  organization integer,
  at bigint not null,
  actor text not null,
  action text not null,
  object text not null,
  detail text,
  hash bytea not null
);

create table pin (
  organization integer not null,
  kind text not null,
  id text collate "C" not null,
  sealed bytea not null,
  primary key (organization, kind, id)
);

create table picture (
  organization integer not null,
  kind text not null,
  id text collate "C" not null,
  type text not null,
  bytes bytea not null,
  updated_at bigint not null,
  primary key (organization, kind, id)
);

create table sign_in (
  id text collate "C" primary key,
  key text collate "C" not null,
  client text not null,
  redirect text,
  challenge text,
  code_hash bytea,
  redeemed integer not null,
  generation integer not null,
  used integer not null,
  created_at bigint not null,
  until bigint not null
);
create index sign_in_until on sign_in (until);
create index sign_in_key on sign_in (key);
create table refresh_token (
  sign_in text collate "C" not null,
  hash bytea not null,
  generation integer not null,
  primary key (sign_in, hash)
);
create table revoked_token (
  id text collate "C" primary key,
  until bigint not null
);
create index revoked_token_until on revoked_token (until);

-- The log. `shard`: owners read their own. `guid`: of a call, by which a later status finds it.
create table observation (
  position bigint not null,
  organization integer not null,
  shard smallint not null,
  kind integer not null,
  floor text,
  at bigint not null,
  accepted_at bigint not null,
  body text not null,
  trace text,
  guid text collate "C",
  primary key (position)
) partition by range (position);
create index observation_guid on observation (guid) where guid is not null;
create index observation_shard on observation (shard, position);
create index observation_floor on observation (organization, floor, at) where floor is not null;

-- Ids that senders gave. Looked up and written under the lock of ordered-writes.ts, so that one is not taken twice although the
-- primary key cannot say so over partitions. `day`: days since 1970.
create table idempotency_key (
  day integer not null,
  organization integer not null,
  kind integer not null,
  id text collate "C" not null,
  hash text not null,
  primary key (organization, kind, id, day)
) partition by range (day);

create table event (
  number bigint not null,
  organization integer not null,
  kind integer not null,
  id text collate "C" not null,
  subject text not null,
  at bigint not null,
  accepted_at bigint not null,
  revision integer not null,
  previous text,
  scopes text,
  key text collate "C",
  body text not null,
  trace text,
  primary key (number)
) partition by range (number);
create index event_id on event (id);
-- Unique in the organization, as idempotency keys are: under the lock.
create index event_key on event (organization, key) where key is not null;
create index event_of on event (organization, number);

create table last_value (
  organization integer not null,
  kind integer not null,
  subject text collate "C" not null,
  value text not null,
  primary key (organization, kind, subject)
);

-- Only what is still owed. `location`: 0 in the memory of its owner only, 1 on the disk (spilled), 2 in quarantine, 3 behind the
-- head of its line. Rows come and go: autovacuum must not wait for a fifth of the table, nor shorten it under an exclusive lock.
create table delivery (
  number bigint primary key,
  organization integer not null,
  shard smallint not null,
  event bigint not null,
  lane bigint not null,
  variant integer not null,
  attempts integer not null,
  created_at bigint not null,
  due bigint not null,
  location smallint not null,
  again smallint not null,
  class smallint not null,
  sequence bigint
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0,
        vacuum_truncate = off);
create index delivery_on_disk on delivery (lane, class, due, number) where location = 1;
create index delivery_quarantined on delivery (lane) where location = 2;
create index delivery_again on delivery (event) where again = 1;
-- For lists: what an event is owed to, and what a lane is owed, wherever it is kept.
create index delivery_of_event on delivery (event);
create index delivery_of_lane on delivery (lane, number);

-- Append-only. The row with the highest n of a delivery tells its final state; `waited` is started_at - created_at. Partitioned by
-- its event's number, so that it goes with its event.
create table attempt (
  delivery bigint not null,
  n integer not null,
  organization integer not null,
  event bigint not null,
  lane bigint not null,
  variant integer not null,
  started_at bigint not null,
  waited bigint not null,
  duration integer not null,
  code smallint not null,
  status smallint,
  detail text,
  response bytea,
  response_bytes integer not null,
  state smallint,
  sequence bigint,
  primary key (delivery, n, event)
) partition by range (event);
create index attempt_of_lane on attempt (lane, delivery);
create index attempt_of_event on attempt (event);
create index attempt_failed on attempt (state, delivery) where state > 0;
create index attempt_failed_of_lane on attempt (lane, state, delivery) where state > 0;

-- Which deliveries of a lane have which numbers: a row for each lane and transaction that gave some, `first` to `last`, to the
-- deliveries from `delivery` to `last_delivery`, of the events from `event` on. The last row of a lane stays.
-- `delivery` 0: a restored copy of the embedded store, which was moved here, had left these numbers out.
create table sequence_run (
  lane bigint not null,
  first bigint not null,
  last bigint not null,
  organization integer not null,
  delivery bigint not null,
  last_delivery bigint not null,
  event bigint not null,
  primary key (lane, last)
);
create index sequence_run_event on sequence_run (lane, event);

create table lane_health (
  lane bigint primary key,
  organization integer not null,
  shard smallint not null,
  failures integer not null,
  until bigint not null,
  code smallint,
  status smallint,
  failed_at bigint,
  failing_since bigint,
  failed integer not null default 0,
  told integer not null default 0
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- Deliveries that were marked before their attempt, after a crash (crash recovery).
create table started (
  delivery bigint primary key,
  organization integer not null,
  shard smallint not null,
  tries integer not null
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

create table line (
  lane bigint not null,
  line text collate "C" not null,
  organization integer not null,
  head bigint not null,
  primary key (lane, line)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
create index line_head on line (head);
create table behind (
  lane bigint not null,
  line text collate "C" not null,
  delivery bigint not null,
  organization integer not null,
  primary key (lane, line, delivery)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

create table withdrawal (
  number bigint primary key generated always as identity,
  organization integer not null,
  lane bigint not null,
  tenant text not null,
  up_to bigint not null,
  reason text not null,
  pending boolean not null
);
create index withdrawal_of_lane on withdrawal (lane);
create index withdrawal_pending on withdrawal (organization) where pending;

create table replay (
  number bigint primary key generated always as identity,
  organization integer not null,
  id text collate "C" not null unique,
  lane bigint not null,
  state text not null,
  reason text,
  criteria text not null,
  per_second integer not null,
  start bigint not null,
  up_to bigint not null,
  position bigint not null,
  scanned_until bigint,
  added bigint not null,
  created_at bigint not null,
  created_by text not null,
  ended_at bigint
);
create index replay_open on replay (number) where ended_at is null;
create index replay_of on replay (organization, number);
create table replayed (
  first bigint primary key,
  last bigint not null,
  organization integer not null,
  replay bigint not null
);
create index replayed_of on replayed (replay, first);

-- What sensing remembers.
create table subject (
  organization integer not null,
  key text collate "C" not null,
  value text not null,
  primary key (organization, key)
);

create table minute_subject (
  number integer primary key generated always as identity,
  organization integer not null,
  series smallint not null,
  id text collate "C" not null,
  unique (organization, series, id)
);
-- `minutes`: minute-hours.ts. `day`: days since 1970, `hour`: 0 to 23, both UTC.
create table minute_hour (
  day integer not null,
  organization integer not null,
  subject integer not null,
  hour smallint not null,
  minutes bytea not null,
  primary key (organization, subject, day, hour)
) partition by range (day);

create table entry (
  number bigint primary key,
  organization integer not null,
  kind smallint not null,
  building text not null,
  at bigint not null,
  accepted_at bigint not null,
  source_id text,
  guid text,
  status text not null,
  type text,
  origin text,
  words text not null,
  data text not null
) ;
create index entry_of on entry (organization, number) include (kind);
create index entry_list on entry (organization, building, number) include (kind);
create index entry_guid on entry (guid) where guid is not null;
create index entry_accepted on entry (accepted_at);
create table entry_tenant (
  organization integer not null,
  tenant text collate "C" not null,
  kind smallint not null,
  number bigint not null,
  unit text not null,
  ground smallint not null,
  primary key (organization, tenant, kind, number)
);
create index entry_tenant_number on entry_tenant (number);

-- What organizations keep for how long, where that is their own: JSON text (own-retention.ts).
create table own_retention (
  organization integer primary key,
  record text not null
);

-- Organizations that were removed, whose traffic is still to be erased.
create table removed_organization (
  number integer primary key,
  id text not null,
  removed_at bigint not null
);

-- Nodes that run, or did. `renewed_at` is the database's clock: no other tells whose lease has ended.
create table node (
  id text collate "C" primary key,
  role text not null,
  version text not null,
  started_at timestamptz not null default clock_timestamp(),
  renewed_at timestamptz not null default clock_timestamp(),
  leaving boolean not null default false
) with (fillfactor = 50);
-- Which node has which slice: eight neighbouring shards (shards.ts). It says who should acquire them; who may write, `shard` says.
create table slice (
  number smallint primary key,
  node text collate "C"
);
insert into slice (number) select generate_series(0, 31);

-- What a node asks of the owner of a slice or of another node, and what that answers: JSON. A matter of a moment, so without WAL.
create unlogged table call (
  number bigint primary key generated always as identity,
  slice smallint,
  node text collate "C",
  name text not null,
  argument text not null,
  asked_at timestamptz not null default clock_timestamp(),
  answer text
);

-- What others must learn of: organizations whose revision rose, keys that were revoked. Read from the last number on; old rows go.
create table change (
  number bigint primary key generated always as identity,
  at timestamptz not null default now(),
  kind text not null,
  id text not null
);

-- The first of `count` numbers that follow each other, all above those before and not below `lowest`. Only under the lock of
-- ordered-writes.ts.
create function take_numbers(numbers regclass, lowest bigint, count bigint) returns bigint as $$
declare first bigint := greatest(nextval(numbers), lowest);
begin
  perform setval(numbers, first + count - 1);
  return first;
end $$ language plpgsql;

-- Begins an ordered write (ordered-writes.ts): waits for the lock, and tells who wrote under it last and what this transaction is
-- called, so that a commit whose answer is lost can be looked up. Takes so many numbers of each kind, and tells the first of them.
-- `epochs`: of the owners in this process, with how many shards each has. Nobody takes these shards over before the transaction
-- ends, but those of `lost`: their owners have ended, or are about to.
create function begin_ordered_write(lock bigint, writer bigint, lowest bigint, observations bigint, events bigint,
  deliveries bigint, owner_lock integer, epochs bigint[], shards integer[], out last_writer bigint, out transaction text,
  out observation bigint, out event bigint, out delivery bigint, out lost bigint[]) as $$
declare up_to bigint;
begin
  perform pg_advisory_xact_lock(lock);
  select s.last_value into last_writer from last_writer s;
  if last_writer <> writer then perform setval('last_writer', writer); end if;
  select n.last_value into up_to from delivery_number n, delivery_up_to u where n.is_called and n.last_value <> u.last_value;
  if found then perform setval('delivery_up_to', up_to); end if;
  transaction := pg_current_xact_id()::text;
  if observations > 0 then observation := take_numbers('observation_number', lowest, observations); end if;
  if events > 0 then event := take_numbers('event_number', lowest, events); end if;
  if deliveries > 0 then delivery := take_numbers('delivery_number', lowest, deliveries); end if;
  -- Whoever takes shards over may take long, and must hold up nobody else here.
  if cardinality(epochs) > 0 then
    select h.lost into lost from hold_epochs(owner_lock, epochs, shards, false) h;
  end if;
end $$ language plpgsql;

-- The highest number up to which all events were accepted before a time, epoch ms; 0: none was. Numbers rise with the time of
-- acceptance, so it is found by halving.
create function events_before(moment bigint) returns bigint as $$
declare
  low bigint := coalesce((select number from event order by number limit 1), 1) - 1;
  high bigint := coalesce((select number from event order by number desc limit 1), 0);
  middle bigint;
  found_number bigint;
  found_at bigint;
begin
  while low < high loop
    middle := low + (high - low) / 2;
    select number, accepted_at into found_number, found_at from event where number > middle order by number limit 1;
    if found and found_at < moment then low := found_number; else high := middle; end if;
  end loop;
  return low;
end $$ language plpgsql stable;

-- The lowest number from which on all deliveries were made at a time or later, epoch ms. Numbers rise with the time at which
-- deliveries are made. Of the next one that is owed and the next one that was tried the older is the next of all.
create function first_delivery_from(moment bigint) returns bigint as $$
declare
  low bigint := coalesce(least((select number from delivery order by number limit 1),
    (select delivery from attempt order by delivery limit 1)), 1);
  high bigint := 1 + greatest((select number from delivery order by number desc limit 1),
    (select delivery from attempt order by delivery desc limit 1), 0);
  middle bigint;
  next_at bigint;
begin
  while low < high loop
    middle := low + (high - low) / 2;
    select least((select created_at from delivery where number >= middle order by number limit 1),
      (select started_at - waited from attempt where delivery >= middle order by delivery limit 1)) into next_at;
    if next_at < moment then low := middle + 1; else high := middle; end if;
  end loop;
  return low;
end $$ language plpgsql stable;

-- Lets the next one of each line be read whose head is among these, which are gone, and makes it the head. Some may have ended while
-- they waited; a line in which nobody waits has no row any more. A first attempt is due behind what its owner has read of its class:
-- up to `live`, `retry` and `replay`, for each of `gone`. Line by line: a join would read all lines where PostgreSQL knows no better.
create function release_lines(gone bigint[], live bigint[], retry bigint[], replay bigint[])
  returns table (lane bigint, line text, head bigint) as $$
begin
  for at in 1 .. coalesce(array_length(gone, 1), 0) loop
    for lane, line in select l.lane, l.line from line l where l.head = gone[at] loop
      loop
        select b.delivery into head from behind b where b.lane = release_lines.lane and b.line = release_lines.line
          order by b.delivery limit 1;
        if head is null then
          delete from line l where l.lane = release_lines.lane and l.line = release_lines.line;
          exit;
        end if;
        delete from behind b where b.lane = release_lines.lane and b.line = release_lines.line and b.delivery = head;
        update delivery d set location = 1, due = case when d.attempts > 0 then d.due
          else greatest(d.due, 1 + (array[live[at], retry[at], replay[at]])[d.class + 1]) end
          where d.number = head and d.location = 3;
        if found then
          update line l set head = release_lines.head where l.lane = release_lines.lane and l.line = release_lines.line;
          return next;
          exit;
        end if;
      end loop;
    end loop;
  end loop;
end $$ language plpgsql;

-- Which of these epochs have lost any of their shards. `shards`: how many each has. Ask once its lock is held.
create function ended_epochs(epochs bigint[], shards integer[]) returns bigint[] as $$
begin
  return array(select w.epoch from unnest(epochs, shards) w (epoch, shards)
    left join (select s.epoch, count(*) as shards from shard s group by s.epoch) h on h.epoch = w.epoch
    where h.shards is distinct from w.shards);
end $$ language plpgsql;

-- Begins a transaction of owners (owner-writes.ts): nobody takes their shards over before it ends. Tells which of them have lost
-- any, and what the transaction is called. Where it may not wait, those that are being taken over count as lost.
create function hold_epochs(lock integer, epochs bigint[], shards integer[], waits boolean, out lost bigint[],
  out transaction text) as $$
declare busy bigint[] := '{}';
begin
  if waits then
    perform pg_advisory_xact_lock_shared(lock, e::integer) from unnest(epochs) e;
  else
    busy := array(select e from unnest(epochs) e where not pg_try_advisory_xact_lock_shared(lock, e::integer));
  end if;
  lost := busy || ended_epochs(epochs, shards);
  transaction := pg_current_xact_id()::text;
end $$ language plpgsql;

-- Deliveries that can be read of the shards of these epochs, behind the number of each: by lane and class when the first is due.
-- Another row, without an epoch, tells up to which number this was looked at. Without any new number it reads two rows.
create function read_arrivals(epochs bigint[], behind bigint[])
  returns table (epoch bigint, lane bigint, class smallint, due bigint, up_to bigint) as $$
declare sure bigint; given bigint; lowest bigint := (select min(b) from unnest(behind) b);
begin
  select u.last_value into sure from delivery_up_to u;
  select n.last_value into given from delivery_number n where n.is_called;
  if given is null or given <= lowest then return; end if;
  -- A statement of its own: it must see what was committed before `sure` was read.
  return query
    with young as materialized (
      select d.number, d.shard, d.location, d.lane, d.class, d.due from delivery d where d.number > lowest
    )
    select w.epoch, y.lane, y.class, min(y.due), null::bigint from young y join shard s on s.number = y.shard
      join unnest(epochs, behind) w (epoch, behind) on w.epoch = s.epoch and y.number > w.behind
      where y.location = 1 group by w.epoch, y.lane, y.class
    union all select null, null, null, null, greatest(sure, (select max(y.number) from young y));
end $$ language plpgsql;
