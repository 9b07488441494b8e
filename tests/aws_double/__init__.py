"""An AWS that answers over HTTP for the tests and the demo: moto behind a layer that behaves as AWS does where moto does not.

The parts, in the order a call meets them: `call` (which operation is this?), `record` (the call log), `faults` (errors on
order), `storm` (an AWS that misbehaves by a seed), `slow` (deletions that take a while), `refusals` (what AWS refuses),
then moto or `modelled` (operations moto lacks). `factory` gives moto's accounts the state in which AWS hands an account out. `client` is what tests use.
"""
