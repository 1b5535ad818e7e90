-- The trace context that came with an input, as one text (model/trace); null: none came.
alter table event add column trace text;
alter table observation add column trace text;
