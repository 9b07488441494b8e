"""Who may do what: IAM, KMS, ACM, Secrets Manager."""

import json

TRUSTED = ("codebuild", "codedeploy", "codepipeline", "ec2", "ecs-tasks", "lambda", "states", "vpc-flow-logs")


ANYTHING = {"Action": "s3:*", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]})


def iam(aws, made):
    """A user, a group and a role with everything that hangs on such; the role is trusted by the services of the other seeds."""
    iam = aws("iam")
    allowed = policy(ANYTHING)
    own = iam.create_policy(PolicyName="services", PolicyDocument=allowed)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=own, PolicyDocument=allowed)
    iam.create_group(GroupName="services")
    iam.attach_group_policy(GroupName="services", PolicyArn=own)
    iam.put_group_policy(GroupName="services", PolicyName="inline", PolicyDocument=allowed)
    provider = iam.create_open_id_connect_provider(Url="https://token.services.test", ThumbprintList=["a" * 40], ClientIDList=["services"])
    federated = iam.create_saml_provider(Name="services", SAMLMetadataDocument="a" * 1024)["SAMLProviderArn"]
    trust = policy(*({"Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}} for service in TRUSTED))
    role = iam.create_role(RoleName="services", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="services", PolicyArn=own)
    iam.put_role_policy(RoleName="services", PolicyName="inline", PolicyDocument=allowed)
    iam.create_role(
        RoleName="services-federated", PermissionsBoundary=own, AssumeRolePolicyDocument=policy({
            "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": [provider["OpenIDConnectProviderArn"], federated]}
        }),
    )
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    iam.create_instance_profile(InstanceProfileName="services")
    iam.add_role_to_instance_profile(InstanceProfileName="services", RoleName="services")
    iam.upload_server_certificate(ServerCertificateName="services", CertificateBody="body", PrivateKey="key")
    return {
        "iam_policy": own, "iam_group": "services", "iam_open_id_connect_provider": provider["OpenIDConnectProviderArn"],
        "iam_saml_provider": federated, "iam_role": "services", "iam_instance_profile": "services", "iam_server_certificate": "services", "role arn": role,
    }


def user(aws, made):
    iam = aws("iam")
    iam.create_user(UserName="services")
    iam.add_user_to_group(UserName="services", GroupName=made["iam_group"])
    iam.attach_user_policy(UserName="services", PolicyArn=made["iam_policy"])
    iam.put_user_policy(UserName="services", PolicyName="inline", PolicyDocument=policy(ANYTHING))
    iam.create_login_profile(UserName="services", Password="Correct-horse-7")
    iam.upload_ssh_public_key(UserName="services", SSHPublicKeyBody="ssh-rsa AAAA services")
    key = iam.create_access_key(UserName="services")["AccessKey"]["AccessKeyId"]
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="services")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName="services", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="234567")
    return {"iam_user": "services", "iam_access_key": key, "iam_virtual_mfa_device": device}


def kms(aws, made):
    key = aws("kms").create_key(Description="services")["KeyMetadata"]["KeyId"]
    aws("kms").create_alias(AliasName="alias/services", TargetKeyId=key)
    return {"kms_key": key, "kms_alias": "alias/services"}


def acm(aws, made):
    return {"acm_certificate": aws("acm").request_certificate(DomainName="services.test", ValidationMethod="DNS")["CertificateArn"]}


def secretsmanager(aws, made):
    secret = aws("secretsmanager").create_secret(Name="services", SecretString="not so secret", KmsKeyId=made["kms_key"])["ARN"]
    return {"secretsmanager_secret": secret}


SEEDS = (iam, user, kms, acm, secretsmanager)
