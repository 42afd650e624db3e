"""The syncer: one leader per cache reads the upstreams and writes the cache; nobody else does."""
