"""The translation desk: an application in another language is read in a working language of the tenant."""
