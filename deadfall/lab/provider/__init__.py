"""A Pulumi resource provider for the package `aws`, backed by the lab's emulator.

Pulumi's engine, or the built-in one (`deadfall.lab.engine`), calls it by gRPC; it calls the emulator with boto3.
`python -m deadfall.lab.provider` is the plugin process: it prints its port and serves until it is killed. An executable
`pulumi-resource-aws` on PATH that runs this command replaces the real AWS provider for the `pulumi` CLI.

It supports the types in `resource_types/`, and of each type the properties that it declares. Anything else is rejected
by a preview instead of being ignored.
"""
