"""HTTP and WebSockets towards users; rows and the outbox behind them. Knows no engine."""
