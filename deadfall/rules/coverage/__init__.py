"""Whether each way to touch a decoy is seen, proved before anything is deployed."""
