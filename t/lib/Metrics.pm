# SPDX-License-Identifier: Apache-2.0
# The metrics of a site, read as Prometheus reads them, and their declaration in src/base/metric.h.
package Metrics;
use strict;
use warnings;

# The section that a site needs.
our $location =
    "<Location /metrics>\n    SetHandler authsms-metrics\n    Require local\n</Location>\n";

# The series of a text in Prometheus's format: 'name{label="value"}' => number. Dies on a line that
# is none of the format, and on a series that is there twice.
sub parse {
    my ($text) = @_;
    my (%series, %type);
    die "no newline at the end\n" unless $text =~ /\n\z/;
    for (split /\n/, $text) {
        if (/^# HELP \w+ \S.*$/) { next }
        if (/^# TYPE (\w+) (?:counter|gauge|histogram)$/) {
            die "type of $1 again\n" if $type{$1}++;
            next;
        }
        my ($name, $value) = /^(\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})?) (\d+(?:\.\d+)?)$/
            or die "no sample: $_\n";
        my ($family) = $name =~ /^(\w+)/;
        my $base = $family =~ s/_(?:bucket|sum|count)\z//r;
        die "no type of $family\n" unless $type{$family} || $type{$base};
        die "$name again\n" if exists $series{$name};
        $series{$name} = $value;
    }
    return \%series;
}

# The current series of a site.
sub read {
    my ($site) = @_;
    my $answer = $site->client->get('/metrics');
    die "GET /metrics: $answer->{raw}" unless ($answer->{status} // 0) == 200;
    return parse($answer->{body});
}

# What an action adds to the counters of these families: 'name{...}' => difference.
sub changes {
    my ($site, $families, $action) = @_;
    my $before = Metrics::read($site);
    $action->();
    my $after = Metrics::read($site);
    my %changed;
    for (keys %$after) {
        my $difference = $after->{$_} - ($before->{$_} // 0);
        $changed{$_} = $difference if /^authsms_(?:$families)\b/ && $difference;
    }
    return \%changed;
}

# The declared metrics: { name, type (as in the text format), help, labels => [names], values =>
# [lists; undef: set at the start] } in order.
sub declared {
    my ($file) = @_;
    my $text = do { local (@ARGV, $/) = $file; <> };
    for ($text =~ m{^#include "(base/\w+\.h)"}mg) {
        $text .= do { local (@ARGV, $/) = "src/$_"; <> };
    }
    $text =~ s{/\*.*?\*/}{}gs;
    $text =~ s/\\\n/ /g;
    my %list = map { /^#define (AS_\w+)\(X\) (.*)$/ ? ($1 => $2) : () } split /\n/, $text;
    my %label = (NONE => undef);
    while ($list{AS_METRIC_LISTED_LABELS} =~ /X\((\w+), "(\w+)", (\w+)\)/g) {
        my ($label, $name, $values) = ($1, $2, $3);
        die "no list $values" if !$list{$values};
        $label{$label} = { name => $name, values => [$list{$values} =~ /X\(\w+, "(\w+)"\)/g] };
    }
    while ($list{AS_METRIC_OPEN_LABELS} =~ /X\((\w+), "(\w+)", \d+\)/g) {
        $label{$1} = { name => $2 };
    }
    my ($metrics) = $text =~ /^#define AS_METRICS\(X\) (.*)$/m or die 'no list of metrics';
    my @found;
    while ($metrics =~ /X\((\w+), (\w+),\s+"(\w+)",\s+((?:"[^"]*"\s*)+),\s+(\w+),\s+(\w+)\)/g) {
        my ($type, $name, $help, @labels) = ($2, $3, $4, $5, $6);
        my @used = grep { defined } map { exists $label{$_} ? $label{$_} : die "label $_" } @labels;
        push @found,
            {
            name => $name, type => $type eq 'DEADLINE' ? 'gauge' : lc $type,
            help => join('', $help =~ /"([^"]*)"/g), labels => [map { $_->{name} } @used],
            values => [map { $_->{values} } @used]
            };
    }
    my $rows = () = $metrics =~ /\bX\(/g;
    die 'a metric is not understood' unless @found == $rows;
    return @found;
}

1;
