"""What every model needs: device, batches, threads that may be left behind. Knows no table."""
