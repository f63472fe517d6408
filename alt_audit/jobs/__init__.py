"""What the commands do, without a terminal: functions of settings that tell of events, and neither print nor exit."""
