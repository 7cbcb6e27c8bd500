"""Payment of invoices by card, through a service that takes it for us (rule I3).

`interface`: what a service has to do. `stripe_checkout`: Stripe's page of payment, behind the extra `payments`. `service`: which
one is offered. `paying`: what becomes of it here. No card number ever reaches us: the client types it on the service's page.
"""
