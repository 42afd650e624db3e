"""The simulated terminal: a world that runs, and the server that serves it by the native contract."""
