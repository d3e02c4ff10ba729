"""PostgreSQL: the engine, the tables, the statements that every job runs, the migrations."""
