"""What answers on the web: API Gateway, AppSync, CloudFront, Route 53."""


def apigateway(aws, made):
    """A REST API with a stage that a usage plan holds, a key, and a link to a network load balancer."""
    gateway = aws("apigateway")
    api = gateway.create_rest_api(name="services")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    gateway.create_deployment(restApiId=api, stageName="test")
    plan = gateway.create_usage_plan(name="services", apiStages=[{"apiId": api, "stage": "test"}])["id"]
    key = gateway.create_api_key(name="services")["id"]
    balancer = aws("elbv2").create_load_balancer(Name="services-link", Type="network", Subnets=[made["ec2_subnet"]])["LoadBalancers"][0]
    link = gateway.create_vpc_link(name="services", targetArns=[balancer["LoadBalancerArn"]])["id"]
    return {"apigateway_rest_api": api, "apigateway_usage_plan": plan, "apigateway_api_key": key, "apigateway_vpc_link": link}


def apigatewayv2(aws, made):
    """An HTTP API with a domain that leads to it, and a link into the VPC."""
    gateway = aws("apigatewayv2")
    api = gateway.create_api(Name="services", ProtocolType="HTTP")["ApiId"]
    gateway.create_domain_name(DomainName="api.services.test", DomainNameConfigurations=[{"CertificateArn": made["acm_certificate"]}])
    gateway.create_api_mapping(DomainName="api.services.test", ApiId=api, Stage="$default")
    link = gateway.create_vpc_link(Name="services", SubnetIds=[made["ec2_subnet"]], SecurityGroupIds=[made["ec2_security_group"]])["VpcLinkId"]
    return {"apigatewayv2_api": api, "apigatewayv2_domain_name": "api.services.test", "apigatewayv2_vpc_link": link}


def appsync(aws, made):
    return {"appsync_graphql_api": aws("appsync").create_graphql_api(name="services", authenticationType="API_KEY")["graphqlApi"]["apiId"]}


def cloudfront(aws, made):
    """An enabled distribution, and everything that it is put together from."""
    front = aws("cloudfront")
    access = front.create_origin_access_control(OriginAccessControlConfig={
        "Name": "services", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3",
    })["OriginAccessControl"]["Id"]
    cache = front.create_cache_policy(CachePolicyConfig={"Name": "services", "MinTTL": 0})["CachePolicy"]["Id"]
    nothing = {"CookiesConfig": {"CookieBehavior": "none"}, "HeadersConfig": {"HeaderBehavior": "none"}, "QueryStringsConfig": {"QueryStringBehavior": "none"}}
    request = front.create_origin_request_policy(OriginRequestPolicyConfig={"Name": "services", **nothing})["OriginRequestPolicy"]["Id"]
    response = front.create_response_headers_policy(ResponseHeadersPolicyConfig={"Name": "services"})["ResponseHeadersPolicy"]["Id"]
    function = front.create_function(
        Name="services", FunctionConfig={"Comment": "services", "Runtime": "cloudfront-js-2.0"}, FunctionCode=b"function handler(event) {}"
    )["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    origin = {
        "Id": "bucket", "DomainName": f"{made['s3_bucket']}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""},
        "OriginAccessControlId": access,
    }
    distribution = front.create_distribution(DistributionConfig={
        "CallerReference": "services", "Comment": "services", "Enabled": True, "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "bucket", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": cache, "OriginRequestPolicyId": request,
            "ResponseHeadersPolicyId": response,
            "FunctionAssociations": {"Quantity": 1, "Items": [{"FunctionARN": function, "EventType": "viewer-request"}]},
        },
    })["Distribution"]["Id"]
    return {
        "cloudfront_origin_access_control": access, "cloudfront_cache_policy": cache, "cloudfront_origin_request_policy": request,
        "cloudfront_response_headers_policy": response, "cloudfront_function": "services", "cloudfront_distribution": distribution,
    }


def route53(aws, made):
    """A zone with a record that a health check watches."""
    route53 = aws("route53")
    zone = route53.create_hosted_zone(Name="services.test", CallerReference="services")["HostedZone"]["Id"]
    check = {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80}
    health = route53.create_health_check(CallerReference="services", HealthCheckConfig=check)["HealthCheck"]["Id"]
    records = [
        {"Name": "www.services.test", "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": "services.test"}]},
        {
            "Name": "app.services.test", "Type": "A", "TTL": 60, "SetIdentifier": "one", "Weight": 1, "HealthCheckId": health,
            "ResourceRecords": [{"Value": "192.0.2.1"}],
        },
    ]
    changes = [{"Action": "CREATE", "ResourceRecordSet": each} for each in records]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    return {
        "route53_hosted_zone": zone.removeprefix("/hostedzone/"), "route53_health_check": health,
        "route53_resource_record_set": "app.services.test.",
    }


SEEDS = (apigateway, apigatewayv2, appsync, cloudfront, route53)
