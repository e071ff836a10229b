"""When messages go: the policy of rules/messages.yaml and the planner that follows it, pure, with `now` injected."""
