"""What hunting takes: off unless asked for, over the trail's archive and its log group, and silent about decoys."""

import json

import pytest

from deadfall.field_types import TELLING
from deadfall.lab.engine import Result
from tests.components.conftest import Planned
from tests.components.recorded import children, inputs

ARCHIVE = "s3://account-audit-trail-111122223333-eu-west-1/AWSLogs/111122223333/CloudTrail"
HUNTING = {"hunting": "true", "trail": '{"archiveRetentionDays": 400}'}


@pytest.fixture(scope="module")
def hunting(plan: Planned) -> Result:
    return plan(**HUNTING)


def test_all_of_it(hunting: Result):
    assert children(hunting, "Hunting", "hunting") == {
        "glue.CatalogDatabase hunting",
        "glue.CatalogTable hunting",
        "athena.Workgroup hunting",
        "athena.NamedQuery root-use",
        "athena.NamedQuery trail-change",
        "athena.NamedQuery cloudtrail-selectors-reduced",
        "athena.NamedQuery console-logins-failed",
        "cloudwatch.QueryDefinition root-use",
        "cloudwatch.QueryDefinition console-logins-failed",
    }


def test_the_table_has_the_columns_and_finds_the_folders(hunting: Result):
    assert inputs(hunting, "glue.CatalogDatabase", "hunting") == {"name": "account_audit", "region": "eu-west-1"}
    table = inputs(hunting, "glue.CatalogTable", "hunting")
    storage, parameters = table.pop("storageDescriptor"), table.pop("parameters")
    assert table == {
        "databaseName": "account_audit",
        "name": "cloudtrail_logs",
        "tableType": "EXTERNAL_TABLE",
        "partitionKeys": [{"name": "region", "type": "string"}, {"name": "timestamp", "type": "string"}],
        "region": "eu-west-1",
    }
    columns = {column["name"]: column["type"] for column in storage.pop("columns")}
    assert (len(columns), columns["eventname"], columns["requestparameters"]) == (29, "string", "string")
    assert columns["resources"] == "array<struct<arn:string,accountid:string,type:string>>"
    assert "sessionissuer:struct<type:string,principalid:string,arn:string," in columns["useridentity"]
    assert storage == {
        "location": ARCHIVE,
        "inputFormat": "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
        "outputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "serDeInfo": {"serializationLibrary": "org.apache.hive.hcatalog.data.JsonSerDe"},
    }
    regions = parameters.pop("projection.region.values").split(",")
    assert {"eu-west-1", "us-east-1", "ap-southeast-2"} <= set(regions)  # those of no detection, too
    assert regions == sorted(regions)
    assert parameters == {
        "EXTERNAL": "TRUE",
        "projection.enabled": "true",
        "projection.region.type": "enum",
        "projection.timestamp.type": "date",
        "projection.timestamp.format": "yyyy/MM/dd",
        "projection.timestamp.interval": "1",
        "projection.timestamp.interval.unit": "DAYS",
        "projection.timestamp.range": "NOW-400DAYS,NOW",
        "storage.location.template": f"{ARCHIVE}/${{region}}/${{timestamp}}",
    }


def test_athena_keeps_the_answers_itself_and_nobody_can_have_them_elsewhere(hunting: Result):
    assert inputs(hunting, "athena.Workgroup", "hunting") == {
        "name": "account-audit-queries",
        "configuration": {
            "managedQueryResultsConfiguration": {"enabled": True},
            "enforceWorkgroupConfiguration": True,
        },
        "forceDestroy": True,
        "region": "eu-west-1",
    }


def test_queries_are_saved_where_they_can_be_run(hunting: Result):
    named = inputs(hunting, "athena.NamedQuery", "root-use")
    assert "FROM cloudtrail_logs" in named.pop("query")
    assert named == {
        "name": "account-audit-root-use",
        "database": "account_audit",
        "workgroup": "account-audit-queries",
        "region": "eu-west-1",
    }
    defined = inputs(hunting, "cloudwatch.QueryDefinition", "root-use")
    assert '| filter (userIdentity.type = "Root" and ' in defined.pop("queryString")
    assert defined == {
        "name": "account-audit-root-use",
        "logGroupNames": ["/account-audit/trail"],
        "region": "eu-west-1",
    }


def test_nothing_of_it_tells_of_decoys(hunting: Result):
    told = [resource.inputs for resource in hunting.resources if "index:Hunting$" in resource.urn]
    assert len(told) == 9
    text = json.dumps(told).replace("\\", "")
    assert not TELLING.search(text)
    assert "prod/billing" not in text
    assert "svc-billing" not in text
