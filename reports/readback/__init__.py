"""What an editor wrote into a sheet, read back: from the file to what each row says, without a store. Pure."""
