"""What a fault costs: the whole system on real servers, a crowd of users, and somebody who breaks things."""
