"""What a person starts and sees: the command, the app, its panes, and the simulated terminal."""
