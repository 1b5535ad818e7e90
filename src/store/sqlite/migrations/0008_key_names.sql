-- Butlr's clients give their credentials a name and a description. Null: nobody has.
alter table key add column name text;
alter table key add column description text;
