"""A Pulumi resource provider for the package `aws` over the lab's emulator.

Pulumi's engine, or the built-in one (`deadfall.lab.engine`), speaks gRPC to it; it speaks boto3 to the emulator.
`python -m deadfall.lab.provider` is the plugin process: it prints its port and serves until it is killed. An executable
`pulumi-resource-aws` on PATH that runs this command takes the place of the real AWS provider for the real `pulumi` CLI.

Only the types in `resource_types/` exist, and of each type only the properties that it declares. Anything else is
refused in a preview already, rather than ignored.
"""
