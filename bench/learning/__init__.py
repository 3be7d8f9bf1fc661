"""Learning, simulated: what the shipped ranking costs against Thompson sampling, UCB and a static order."""
