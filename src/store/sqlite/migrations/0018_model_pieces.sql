-- The text of a building model in pieces, outside the row of its organization: a change of that row costs the same however large
-- the model is, and no write or read of a text is longer than a piece. `model_version` says which text the organization has; each
-- text has a version of its own. Those of older releases are one piece.
create table model_piece (
  organization integer not null,
  version integer not null,
  piece integer not null,
  text text not null,
  primary key (organization, version, piece)
) strict, without rowid;
insert into model_piece select number, number, 0, model from organization where model is not null;
alter table organization add column model_version integer;
update organization set model_version = number where model is not null;
alter table organization drop column model;
insert into meta select 'last_model', max(number) from organization having max(number) is not null;
