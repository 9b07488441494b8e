-- The services that are mirrored unless someone says otherwise: those of most tutorials. An update does not ask again.
SELECT tabula_rasa.enable_services(
    'acm', 'apigateway', 'apigatewayv2', 'appsync', 'athena', 'autoscaling', 'cloudformation', 'cloudfront', 'cloudwatch',
    'codebuild', 'codedeploy', 'codepipeline', 'dynamodb', 'ec2', 'ecr', 'ecr-public', 'ecs', 'efs', 'elasticache', 'elb',
    'elbv2', 'events', 'iam', 'kms', 'lambda', 'logs', 'memorydb', 'opensearch', 'rds', 'route53', 's3', 'secretsmanager', 'sns',
    'sqs', 'ssm', 'stepfunctions'
) WHERE NOT EXISTS (SELECT FROM tabula_rasa.enabled_service);
UPDATE tabula_rasa.enabled_service SET at_creation = true
WHERE NOT EXISTS (SELECT FROM tabula_rasa.enabled_service WHERE at_creation);
