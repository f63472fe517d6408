"""What every network client needs: the address guard, proxies, pauses that servers ask for."""
