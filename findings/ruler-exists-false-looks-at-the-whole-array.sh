#!/usr/bin/env bash
# Expected: patterns below an array of objects hold for one element: {type: x, owner: exists false} matches when one
# element has that type and no owner.
# What happens (event-ruler 2.1.0): values must come from one element, but exists false wants the key absent from all
# of them.
# Why it matters: CloudTrail's resources, EC2's items and GuardDuty's actors are such arrays. 'A secret without a tag'
# does not match beside a neighbour that has one; jq and SQL find it.
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
    static boolean matches(String pattern, String resources) throws Exception {
        Machine machine = new Machine();
        machine.addRule("rule", "{\"resources\": " + pattern + "}");
        boolean result = !machine.rulesForJSONEvent("{\"resources\": " + resources + "}").isEmpty();
        System.out.println(pattern + "  on " + resources + "  -> " + result);
        return result;
    }

    public static void main(String[] arguments) throws Exception {
        String unowned = "{\"type\": [\"secret\"], \"owner\": [{\"exists\": false}]}";
        String owned = "{\"type\": [\"secret\"], \"owner\": [\"ana\"]}";
        boolean asRecorded = matches(unowned, "[{\"type\": \"secret\"}]")
            && !matches(unowned, "[{\"type\": \"secret\"}, {\"type\": \"key\", \"owner\": \"ana\"}]")
            && !matches(owned, "[{\"type\": \"secret\"}, {\"type\": \"key\", \"owner\": \"ana\"}]")
            && matches(owned, "[{\"type\": \"secret\", \"owner\": \"ana\"}, {\"type\": \"key\"}]");
        if (!asRecorded) {
            System.out.println("The behaviour has changed.");
            System.exit(1);
        }
    }
}
JAVA
basename lib/event-ruler-*.jar .jar
java -cp 'lib/*' Main.java
