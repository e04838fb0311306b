"""Dashboard: figures and the monthly counts behind them."""
