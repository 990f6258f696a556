#!/usr/bin/env bash
# Expected: equals-ignore-case compares the whole value, whatever other patterns the field has and in whatever order.
# What happens (event-ruler 2.1.0): added after a wildcard that begins with *, in the same rule or another of the
# machine, it matches whatever ends with its text: 'administrator' matches role/Administrator. Added before, it does
# not.
# Why it matters: a rule that is right by itself fires on other records once an unrelated rule is loaded before it;
# tests of single rules pass.
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
    static List<String> match(String... patterns) throws Exception {
        Machine machine = new Machine();
        for (String pattern : patterns) {
            String rule = pattern.contains("\"equals") ? "same name" : "wildcard";
            machine.addRule(rule, "{\"userName\": [" + pattern + "]}");
        }
        List<String> rules = machine.rulesForJSONEvent("{\"userName\": \"role/Administrator\"}");
        System.out.println(String.join("  then  ", patterns) + "  matches " + rules);
        return rules;
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println("The event's userName is role/Administrator");
        String same = "{\"equals-ignore-case\": \"administrator\"}";
        String ending = "{\"wildcard\": \"*-break-glass\"}";
        boolean asRecorded = match(same).isEmpty() && match(same, ending).isEmpty()
            && match(ending, same).equals(List.of("same name"))
            && match(same + ", " + ending).isEmpty() && match(ending + ", " + same).equals(List.of("same name"));
        if (!asRecorded) {
            System.out.println("The behaviour has changed.");
            System.exit(1);
        }
    }
}
JAVA
basename lib/event-ruler-*.jar .jar
java -cp 'lib/*' Main.java
