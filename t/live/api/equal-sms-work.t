# SPDX-License-Identifier: Apache-2.0
# A login by SMS does the same work whether or not an account can be texted. Counted in instructions
# (callgrind), so a busy machine does not matter.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'no valgrind here' unless grep { -x "$_/valgrind" } split /:/, $ENV{PATH};

my $site = Site->new(
    children => 1, threads => 2,
    server => "AuthSMSLimit * off\nAuthSMSLimit sms/number 1000/1h\nAuthSMSLimit sms/ip 1000/1h\n"
        . "AuthSMSLimit sms/total 1000/1h\nAuthSMSLimit verify/user 1000/1h\nKeepAlive Off\n"
        . "AuthSMSLogin password sms\nAuthSMSCode resend=0 attempts=100\n"
);
my $httpd = $site->httpd;
my $conf = $httpd->write('httpd.conf', $httpd->config);
my $out = $httpd->dir . '/run/callgrind';
my $pid = fork // die "fork: $!";
if (!$pid) {
    open STDERR, '>', $httpd->dir . '/logs/valgrind';
    exec 'valgrind', '-q', '--tool=callgrind', "--callgrind-out-file=$out",
        '--toggle-collect=as_api_handler', '--dump-after=as_api_handler',
        $Httpd::binary, '-X', '-f', $conf;
}
END { kill 'KILL', $pid if $pid }
for (1 .. 600) {
    last if eval { $site->client->connect };
    sleep 0.1;
}
$site->client->{timeout} = 60;

# The instructions of the handler for one request, in its own dump, and the response.
my $dumps = 0;
sub count {
    my ($status, $path, $data) = @_;
    my $r = $site->api($path, $data);
    is $r->{status}, $status, "$path: $status" or diag $r->{raw};
    my $file = "$out." . ++$dumps;
    for (1 .. 300) {
        if (open my $in, '<', $file) {
            my ($total) = map { /^(?:summary|totals): (\d+)/ ? $1 : () } <$in>;
            return ($total, $r) if $total;
        }
        sleep 0.1;
    }
    die "no count in $file";
}

# Compare the least of several counts of each kind: SQLite reads its pages again after a change by
# the thread that sends texts, 3,000 instructions each. Locking the row of an account that exists
# takes some 8,000 of 560,000, a few microseconds. A text or a hash would take 100,000 and more.
sub all_alike {
    my ($name, %count) = @_;
    $_ = (sort { $a <=> $b } @$_)[0] for values %count;
    my ($least, $most) = (sort { $a <=> $b } values %count)[0, -1];
    cmp_ok $most, '<=', $least * 1.04, "$name: within 4 %";
    note explain \%count;
    return;
}

my $n = 0;
sub account {
    my ($columns) = @_;
    my $name = 'account' . ++$n;
    my $rest = 'created_at, updated_at, last_login, valid_from, pending_until';
    $site->sql("INSERT INTO authsms_users (id, username, username_key, password, mobile_given, "
            . "mobile, country, verified, locked, proved_at, $rest) SELECT "
            . sprintf("'01a20aac-b643-7e2d-82b9-%012d', '%s', '%s', ", $n, $name, $name)
            . "password, '07700 900999', '+44770090099$n', '+44', 1, 0, 1, $rest "
            . 'FROM authsms_users LIMIT 1');
    $site->sql("UPDATE authsms_users SET $columns WHERE username = '$name'") if $columns;
    return $name;
}

count(201, '/user', Site::person());
my %account = (
    known => sub { account() }, locked => sub { account('locked = 1') },
    'without a proven number' => sub { account('proved_at = 0') },
    pending => sub { account('verified = 0, pending_until = 9000000000000000') },
    unknown => sub { 'nobodys' . ++$n }
);
my $ask = sub { return count(202, '/authenticate/sms', { username => $_[0] }) };

# Before the requests, because SQLite reads its pages again after a change by another process.
my %names = map {
    my $make = $account{$_};
    $_ => [map { $make->() } 1 .. 3]
} sort keys %account;
my @warm_up = (account(), 'nobodys');
$ask->($_) for @warm_up;

my (%first, %again, %wrong);
for my $round (0 .. 2) {
    for my $kind (sort keys %names) {
        my $name = $names{$kind}[$round];
        push @{ $first{$kind} }, ($ask->($name))[0];
        my $r;
        for (1 .. 3) {
            (my $again, $r) = $ask->($name);
            push @{ $again{$kind} }, $again;
        }
        my %wrong_code = (challenge => $r->{json}{challenge}, code => '1234567');
        push @{ $wrong{$kind} }, (count(422, '/authenticate/verify', \%wrong_code))[0] for 1 .. 2;
    }
}
all_alike('first request', %first);
all_alike('next request', %again);
all_alike('wrong code', %wrong);

kill 'TERM', $pid;
waitpid $pid, 0;
undef $pid;
is_deeply [$httpd->unexpected_log], [], 'the error log has nothing unexpected';
File::Path::remove_tree($httpd->dir);
done_testing;
