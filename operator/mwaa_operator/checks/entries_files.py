"""What each code about the bucket, files and access means; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

BUCKET = "Create an Amazon S3 bucket for Amazon MWAA"
KEYS = "Using customer managed keys for encryption"
PYTHON = "Installing Python dependencies"
BEST = "Managing Python dependencies in requirements.txt"

FILES: Mapping[str, Entry] = {
    "BucketNotFound": Entry(
        "The bucket does not exist",
        "S3 knows no bucket of this name.",
        "MWAA reads DAGs and files from it.",
        "Correct the ARN, or create the bucket in the environment's region.",
        BUCKET,
    ),
    "BucketOfOtherAccount": Entry(
        "The bucket belongs to another account",
        "The bucket can be read, and another account owns it.",
        "MWAA takes buckets of the environment's own account only.",
        "Name a bucket of this account; copy the files there.",
        BUCKET,
    ),
    "BucketInOtherRegion": Entry(
        "The bucket is in another region",
        "The bucket and the environment are in different regions.",
        "MWAA reads the bucket from its own region only.",
        "Name a bucket of the region, or change `spec.region`.",
        BUCKET,
    ),
    "VersioningOff": Entry(
        "The bucket keeps no versions",
        "Versioning of the bucket is not enabled.",
        "MWAA pins plugins, requirements and the startup script by object version.",
        "`aws s3api put-bucket-versioning --bucket NAME --versioning-configuration Status=Enabled`",
        BUCKET,
    ),
    "PublicAccessNotBlocked": Entry(
        "The bucket may become public",
        "Not all four flags of Block Public Access are on, on the bucket and the account together.",
        "MWAA refuses a bucket that may become public: whoever writes to it runs code in the environment.",
        "Switch on all four flags, on the bucket or on the account.",
        BUCKET,
    ),
    "BucketKeyDiffers": Entry(
        "Bucket and environment have different keys",
        "The bucket encrypts with a customer key that is not the environment's.",
        "The environment cannot read objects that another customer key encrypts. A bucket under `aws/s3` or SSE-S3 fits "
        "every environment.",
        "Set `spec.kmsKey` to the bucket's key before the environment is created (it keeps its key for ever), or encrypt "
        "the bucket otherwise; objects keep the key that they were written with.",
        KEYS,
    ),
    "BucketKeyIsAlias": Entry(
        "The bucket names its key by an alias",
        "The bucket's default encryption names an alias. A warning: which key that is, is not looked up.",
        "MWAA supports neither aliases nor multi-Region keys.",
        "Give the bucket's encryption the ARN of the key.",
        BUCKET,
    ),
    "DagFolderMissing": Entry(
        "The folder with the DAGs is not there",
        "Nothing in the bucket begins with the folder in `spec.dagS3Path`.",
        "CreateEnvironment looks for it.",
        "Upload a DAG there, or an empty object whose name is the folder with a slash; or correct `spec.dagS3Path`. A "
        "DagSource or a Bucket object does it for you.",
        "Adding or updating DAGs",
    ),
    "FileNotFound": Entry(
        "A named file is not in the bucket",
        "There is no object at the path of plugins, requirements or startup script.",
        "The call would be refused.",
        "Upload it, or correct the path.",
        PYTHON,
    ),
    "FileVersionNotFound": Entry(
        "A named version is not in the bucket",
        "The object exists, and this version of it does not, or was deleted.",
        "AWS reads exactly the version that is named, at every start of a container. Never delete one that is in use.",
        "Name a version that there is, or upload the file again and name the new one.",
        PYTHON,
    ),
    "FileVersionMissing": Entry(
        "A file is named without its version",
        "A path is given, and no version.",
        "AWS takes a file by path and version.",
        "Name the version, anew after each upload.",
        PYTHON,
    ),
    "PrivateWebServer": Entry(
        "A private web server needs a way in",
        "The web server will be reached from its VPC only; AWS's default is private. A warning, to remind.",
        "MWAA makes an endpoint in the VPC, and nobody outside reaches it without a VPN, a load balancer or a bastion.",
        "Build a way in: AWS Client VPN or an Application Load Balancer, in the VPC and the group of the environment; a "
        "bastion where there are public subnets. Or set `webserverAccessMode: PUBLIC_ONLY`.",
        "Apache Airflow access modes",
    ),
}
