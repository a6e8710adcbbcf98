"""What each code about the network means; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

ABOUT = "About networking on Amazon MWAA"
SECURITY = "Security in your VPC on Amazon MWAA"
POINTS = "Managing access to service-specific Amazon VPC endpoints on Amazon MWAA"
CREATING = "Creating the required VPC service endpoints in an Amazon VPC with private routing"

NETWORK: Mapping[str, Entry] = {
    "TwoSubnetsNeeded": Entry(
        "Not two subnets",
        "The environment names another number of different subnets than two.",
        "MWAA spreads an environment over exactly two subnets, so that a failed container can start anew in the other one.",
        "Name two private subnets. They can never be exchanged later: choose them well.",
        ABOUT,
    ),
    "SubnetNotFound": Entry(
        "A subnet does not exist",
        "EC2 knows no subnet of this id in the region of the environment, in the account of the operator.",
        "The call to create the environment would be refused.",
        "Correct the id, or `spec.region`. A subnet of another account must be shared with this one first.",
        ABOUT,
    ),
    "SameAvailabilityZone": Entry(
        "Both subnets are in one zone",
        "The two subnets are in the same availability zone.",
        "One zone may fail: MWAA wants the other subnet elsewhere, and refuses two in one zone.",
        "Take a private subnet of another zone for one of them.",
        ABOUT,
    ),
    "DifferentVpcs": Entry(
        "The subnets are in two VPCs",
        "Each of the two subnets is in another VPC.",
        "An environment lives in one VPC.",
        "Take both subnets from one VPC.",
        ABOUT,
    ),
    "NoFreeAddresses": Entry(
        "A subnet is full",
        "A subnet has fewer free addresses than the environment takes in it to begin with.",
        "Each scheduler, web server, worker and VPC endpoint takes an address of its own. Without them the environment "
        "hangs in CREATING and fails. The number is a sum of what is declared, half of it in each subnet.",
        "Free addresses, or take larger subnets.",
        POINTS,
    ),
    "FewFreeAddresses": Entry(
        "A subnet is nearly full",
        "A subnet has room to begin, and not for all workers and web servers that are allowed. A warning.",
        "Scaling out stops without a word when no address is left, and subnets can never be exchanged.",
        "Take larger subnets, or lower `maxWorkers`.",
        POINTS,
    ),
    "DnsSupportOff": Entry(
        "The VPC resolves no names",
        "The attribute `enableDnsSupport` of the VPC is false.",
        "MWAA's containers find the database, the queue and every AWS service by name.",
        "`aws ec2 modify-vpc-attribute --vpc-id ID --enable-dns-support '{\"Value\": true}'`",
        ABOUT,
    ),
    "DnsHostnamesOff": Entry(
        "The VPC gives out no host names",
        "The attribute `enableDnsHostnames` of the VPC is false, and the subnets have no way to the internet.",
        "The private names of VPC endpoints work only with both DNS attributes on.",
        "`aws ec2 modify-vpc-attribute --vpc-id ID --enable-dns-hostnames '{\"Value\": true}'`",
        CREATING,
    ),
    "BlackholeRoute": Entry(
        "A route leads nowhere",
        "A route in the table of a subnet is in the state `blackhole`: what it points to was deleted.",
        "Traffic that takes the route is dropped, so containers do not start and the environment fails after half an hour.",
        "Point the route to a NAT gateway that exists, or delete it.",
        ABOUT,
    ),
    "RouteToInternetGateway": Entry(
        "A subnet is public",
        "The route table of a subnet leads to an internet gateway.",
        "MWAA's containers have no public addresses: with such a route their traffic is lost. Both subnets must be private.",
        "Give subnets whose default route leads to a NAT gateway, or which have VPC endpoints and no default route. A "
        "subnet without a route table of its own uses the main one.",
        ABOUT,
    ),
    "PublicAccessWithoutInternet": Entry(
        "A public web server in a network without internet",
        "The subnets have no default route, and the web server is to be public. A warning: AWS accepts it.",
        "The guide has networks without internet only with a private web server; a public one is reached from everywhere, "
        "which is hardly what such a network is for.",
        "Set `webserverAccessMode: PRIVATE_ONLY` and build a way in, or add NAT gateways.",
        ABOUT,
    ),
    "SecurityGroupCount": Entry(
        "Too many security groups, or none",
        "The environment names none or more than five.",
        "AWS takes one to five.",
        "Name the groups that it needs.",
        SECURITY,
    ),
    "SecurityGroupNotFound": Entry(
        "A security group does not exist",
        "EC2 knows no group of this id in the region.",
        "The call to create the environment would be refused.",
        "Correct the id, or `spec.region`.",
        SECURITY,
    ),
    "SecurityGroupOutsideVpc": Entry(
        "A security group is in another VPC",
        "A group is in another VPC than the subnets.",
        "A group works in its own VPC only.",
        "Name groups of the subnets' VPC.",
        SECURITY,
    ),
    "SecurityGroupClosedInside": Entry(
        "The parts of the environment cannot reach each other",
        "No inbound rule of the groups lets in what comes from the groups themselves, or not on TCP 443 and 5432.",
        "Schedulers, workers and web server talk to the metadata database (5432) and to each other (443) through these "
        "groups. Without the rule an environment hangs in CREATING and fails.",
        "Add an inbound rule for all traffic whose source is the group itself; or the two rules for TCP 443 and TCP 5432, "
        "which go together.",
        SECURITY,
    ),
    "SecurityGroupClosedOutside": Entry(
        "Nothing gets out of the security groups",
        "No outbound rule of the groups lets traffic to the groups themselves on TCP 443 and 5432.",
        "Groups keep state, but who asks must be let out.",
        "Add an outbound rule for all traffic to `0.0.0.0/0`, or at least to the group itself, the range of the VPC and "
        "S3's prefix list.",
        SECURITY,
    ),
    "NetworkAclBlocks": Entry(
        "A network ACL stops traffic",
        "The network ACL of a subnet lets some of what the environment needs not through, in one direction.",
        "ACLs keep no state: requests on TCP 443 and 5432 and the answers to high ports need rules in both directions. The "
        "guide's list demands an outbound rule that denies everything: that is a slip, its own sample allows it.",
        "Add a rule 100 that allows all traffic from (or to) `0.0.0.0/0`, in both directions, or the ports that the "
        "message names. A rule with a lower number comes first.",
        SECURITY,
    ),
    "MissingEndpoints": Entry(
        "VPC endpoints are missing",
        "The subnets have no way to the internet, and the VPC lacks endpoints for services that the environment calls.",
        "Without NAT every AWS service must have an endpoint in the VPC: S3, CloudWatch (`monitoring`, `logs`), ECR "
        "(`ecr.api`, `ecr.dkr`), SQS, KMS (also without a customer key) and MWAA's own (`airflow.api`, `airflow.env`).",
        "Make the endpoints that the message names, in both subnets, with private DNS and a group that lets in TCP 443. S3 "
        "may have a gateway endpoint in the route tables. Or add NAT gateways and default routes.",
        CREATING,
    ),
    "MissingOpsEndpoint": Entry(
        "The endpoint airflow.ops is missing",
        "The VPC has no endpoint for `airflow.ops`. A warning.",
        "The guide's list has it, and the guide's own template lacks it: environments run without it.",
        "Make an interface endpoint for `com.amazonaws.REGION.airflow.ops` like the others.",
        CREATING,
    ),
    "EndpointNotAvailable": Entry(
        "A VPC endpoint does not work",
        "An endpoint that the environment needs has failed, was rejected, or is being deleted.",
        "The service behind it cannot be reached.",
        "Delete the endpoint, and make a new one.",
        CREATING,
    ),
    "GatewayEndpointNotRouted": Entry(
        "The gateway endpoint is not in the route table",
        "There is a gateway endpoint for S3, and the route table of a subnet does not have it.",
        "A gateway endpoint works through a route: without it the bucket and the images of ECR cannot be read.",
        "`aws ec2 modify-vpc-endpoint --vpc-endpoint-id ID --add-route-table-ids TABLE`",
        CREATING,
    ),
    "EndpointOutsideSubnets": Entry(
        "A VPC endpoint misses a subnet",
        "An interface endpoint has no network interface in one of the environment's subnets.",
        "Each endpoint must be in both subnets, so that a zone may fail.",
        "`aws ec2 modify-vpc-endpoint --vpc-endpoint-id ID --add-subnet-ids SUBNET`",
        CREATING,
    ),
    "EndpointWithoutPrivateDns": Entry(
        "A VPC endpoint has no private DNS",
        "An interface endpoint does not take over the public name of its service.",
        "MWAA calls services by their usual names, which lead out of the VPC then, where nothing answers.",
        "`aws ec2 modify-vpc-endpoint --vpc-endpoint-id ID --private-dns-enabled`. The VPC needs both DNS attributes.",
        CREATING,
    ),
    "EndpointClosed": Entry(
        "A VPC endpoint lets the environment not in",
        "No inbound rule of the endpoint's groups lets TCP 443 in from the environment's groups or subnets.",
        "Every call to a service goes to TCP 443 of its endpoint.",
        "Give the endpoint the environment's group, or add that rule to its own.",
        CREATING,
    ),
    "EndpointPolicyTooNarrow": Entry(
        "The policy of S3's endpoint keeps a bucket out",
        "The endpoint policy does not let `s3:GetObject` pass on the environment's bucket, or on the bucket with the "
        "layers of ECR's images.",
        "Everything that the environment reads from S3 goes through this endpoint. The guide's sample policy has ECR's "
        "bucket only: with that alone the DAGs cannot be read.",
        "Allow `s3:GetObject` on `arn:aws:s3:::prod-REGION-starport-layer-bucket/*`, and what the execution role may do on "
        "the environment's bucket; or give the endpoint full access.",
        CREATING,
    ),
}
