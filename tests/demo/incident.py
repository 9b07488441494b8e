"""The incident: someone deletes the default VPC's route to the internet, in AWS, where no SQL can stop them."""

import os

from aws_double.client import Double


def main():
    ec2 = Double(os.environ["DEMO_AWS"]).boto("ec2", "us-east-1", os.environ["DEMO_ACCOUNT"])
    [vpc] = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    main_table = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}, {"Name": "association.main", "Values": ["true"]}]
    table = ec2.describe_route_tables(Filters=main_table)["RouteTables"][0]["RouteTableId"]
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    print(f"Someone runs, in us-east-1: aws ec2 delete-route --route-table-id {table} --destination-cidr-block 0.0.0.0/0")


if __name__ == "__main__":
    main()
