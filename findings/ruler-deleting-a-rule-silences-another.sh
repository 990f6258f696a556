#!/usr/bin/env bash
# Expected: deleteRule takes away the rule that it names and leaves the others of the machine as they are.
# What happens (event-ruler 2.1.0): where two rules hold the same anything-but wildcard, deleting one can silence the
# other, without an error. With anything-but prefix the other keeps matching.
# Why it matters: many rules share an exclusion such as 'any role but *-deployer'. A matcher that replaces rules at
# run time loses detections.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>software.amazon.event.ruler</groupId>
      <artifactId>event-ruler</artifactId>
      <version>2.1.0</version>
    </dependency>
  </dependencies>
</project>
XML
mvn --quiet --batch-mode -Dstyle.color=never -Dmaven.repo.local="$work/repository" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib
cat > Main.java <<'JAVA'
import java.util.*;
import software.amazon.event.ruler.Machine;

@SuppressWarnings("deprecation")
public class Main {
    static List<String> afterDeletion(String exclusion) throws Exception {
        String arn = "\"arn\": [{\"anything-but\": {" + exclusion + "}}]";
        String reads = "{" + arn + ", \"eventName\": [\"GetSecretValue\"]}";
        String lists = "{" + arn + ", \"eventName\": [\"ListSecrets\"]}";
        Machine machine = new Machine();
        machine.addRule("reads", reads);
        machine.addRule("lists", lists);
        machine.addRule("any", "{" + arn + "}");
        String event = "{\"arn\": \"role/ops\", \"eventName\": \"GetSecretValue\"}";
        System.out.print("anything-but " + exclusion + "  before " + new TreeSet<>(machine.rulesForJSONEvent(event)));
        machine.deleteRule("any", "{" + arn + "}");
        List<String> left = new ArrayList<>(new TreeSet<>(machine.rulesForJSONEvent(event)));
        System.out.println("  after deleting the rule 'any' " + left);
        return left;
    }

    public static void main(String[] arguments) throws Exception {
        List<String> wildcard = afterDeletion("\"wildcard\": \"*-deployer\"");
        List<String> prefix = afterDeletion("\"prefix\": \"role/deployer\"");
        if (!wildcard.isEmpty() || !prefix.equals(List.of("reads"))) {
            System.out.println("The behaviour has changed.");
            System.exit(1);
        }
    }
}
JAVA
basename lib/event-ruler-*.jar .jar
java -cp 'lib/*' Main.java
