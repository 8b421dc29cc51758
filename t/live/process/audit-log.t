# SPDX-License-Identifier: Apache-2.0
# AuthSMSAuditLog: one JSON object per line for every event, to a file or a program.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl;
use JSON::PP;
use ParallelClients;
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep);

# The events of a log; each line must be a JSON object in ASCII.
sub events {
    my ($file) = @_;
    open my $in, '<:raw', $file or die "$file: $!";
    return map { /\A[\x20-\x7e]+\n\z/ ? decode_json($_) : fail("line: $_") } <$in>;
}

# "event outcome code" of each.
sub summary {
    return map {
        join ' ',
            grep { defined } @$_{qw(event outcome code)}
    } @_;
}

sub story {
    my (%o) = @_;
    my $site = Site->new(
        %o, mpm => 'event',
        server => "AuthSMSAuditLog logs/audit\nAuthSMSCookie __Host-authsms\n"
            . "AuthSMSLimit login/user 3/1h\nAuthSMSFraudGuard record min=1\n"
    )->start;
    my $httpd = $site->httpd;
    my $file = $httpd->dir . '/logs/audit';
    my %name = (username => qq(evil","x":"\r\n\e[2J), password => 'secret password 1');
    my $person = { %{ Site::person() }, password => $name{password} };
    my $id = $site->register($person)->{json}{id};
    is $site->api("/user/$id/verify", { code => '000000' })->{status}, 422, 'wrong code: 422';
    my $code = $site->code_of(Site::e164($person));
    is $site->api("/user/$id/verify", { code => $code })->{status}, 200, 'verification: 200';
    my $login = $site->login($person);
    is $login->{status}, 200, 'login: 200';
    my $sid = $site->sql('SELECT max(sid) FROM authsms_sessions');
    my %hostile = ('User-Agent' => qq(a","admin":"1), 'X-Forwarded-For' => 'x"y');
    is $site->api('/authenticate', \%name, %hostile)->{status}, 401, 'unknown username: 401';
    $site->login({ %$person, password => 'guess' }) for 1 .. 4;
    is $site->api('/authenticate', \%name, Origin => 'https://evil.example')->{status}, 403,
        'request of another site: 403';
    my $spent = $login->{json}{refresh_token};
    is $site->api('/token', { refresh_token => $spent })->{status}, 200, 'refresh: 200';
    is $site->api('/logout', {}, Authorization => $login->{json}{token})->{status}, 200,
        'logout: 200';

    my @all = events($file);
    my @expected = (
        'start success', 'sms.send success', 'register success', 'verify failure invalid_code',
        'sms.send success', 'verify success', 'login success',
        'login.failed failure bad_credentials',
        ('login.failed failure bad_credentials') x 3, 'limit failure rate_limited',
        'cross_origin failure cross_origin',
        'refresh success', 'logout success'
    );
    my @got = summary(@all);
    is_deeply [@got[0 .. $#expected]], \@expected, 'one line for each event, in order'
        or diag explain \@got;
    my ($registered) = grep { $_->{event} eq 'register' } @all;
    is $registered->{account}, $id, 'the account';
    is $registered->{address}, '127.0.0.1', 'the address';
    is $registered->{host}, 'authsms.test', 'the host';
    is $registered->{detail}{route}, 'user', 'the route';
    like $registered->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'the time';
    my ($text) = grep { $_->{event} eq 'sms.send' } @all;
    like $text->{detail}{number}, qr/^\+44\*+\d{3}$/, 'the number is masked';
    is_deeply [@{ $text->{detail} }{qw(template sender)}], [qw(code log)], 'template and sender';
    my ($session) = map { $_->{detail}{session} } grep { $_->{event} eq 'login' } @all;
    is $session, $sid, 'the session of a login';
    my ($limit) = grep { $_->{event} eq 'limit' } @all;
    is $limit->{detail}{limit}, 'login/user', 'the limit of a 429';
    my $raw = do { local (@ARGV, $/) = $file; <> };
    is_deeply [map { $_->{detail}{session} } grep { $_->{event} =~ /^(?:refresh|logout)$/ } @all],
        [$sid, $sid], 'the session of a refresh and of a logout';
    (my $token = $login->{json}{token}) =~ s/^JWT //;
    unlike $raw, qr/\Q$_\E/, 'no secret, code, token, name or number'
        for $name{password}, $code, $token, $spent, 'evil', 'admin', $person->{username},
        Site::e164($person);
    my @stat = stat $file;
    is sprintf('%04o', $stat[2] & 07777), '0600', 'the file has mode 0600';
    $httpd->expect_log(qr/refused: cross_origin/);
    $site->stop;
    return;
}

subtest 'SQLite' => sub { story() };
subtest 'PostgreSQL' => sub {
    plan skip_all => 'no PostgreSQL' unless Postgres::available();
    story(driver => 'pgsql');
};

subtest 'file: lines of several processes, reopened at a graceful restart' => sub {
    my $site = Site->new(server => "AuthSMSAuditLog logs/audit\nAuthSMSLimit * off\n")->start;
    my $httpd = $site->httpd;
    my $file = $httpd->dir . '/logs/audit';
    my $clients = ParallelClients->start(
        map {
            sub {
                for (1 .. 25) {
                    $_[0]->(
                        $site->api('/authenticate', { username => 'x', password => 'y' })->{status}
                    );
                }
            }
        } 1 .. 4
    );
    my @statuses = $clients->lines;
    is scalar(grep { $_ == 401 } @statuses), 100, '100 logins from four clients: 401';
    is scalar(grep { $_->{event} eq 'login.failed' } events($file)), 100, '100 whole lines';
    rename $file, "$file.1" or die "rename: $!";
    $httpd->graceful;
    for (1 .. 100) { last if -s $file; sleep 0.05 }
    is((summary(events($file)))[0], 'start success', 'a new file begins with the restart');
    for (1 .. 100) {
        $site->login({ username => 'x', password => 'y' });
        last if events($file) > 1;
        sleep 0.05;
    }
    cmp_ok scalar(events($file)), '>', 1, 'and gets the events';
    $site->stop;
};

subtest 'second factor' => sub {
    my $site = Site->new(server => "AuthSMSAuditLog logs/audit\nAuthSMSCode resend=0\n")->start;
    my $person = $site->signup;
    my $file = $site->httpd->dir . '/logs/audit';
    $site->api('/users/factors/sms', {}, Authorization => $person->{token});
    my $r = $site->login($person);
    is $r->{status}, 202, 'a login needs a second factor';
    my $code = $site->code_of(Site::e164($person));
    $r = $site->api('/authenticate/verify', { challenge => $r->{json}{challenge}, code => $code });
    is $r->{status}, 200, 'which completes it';
    my @lines = grep { $_->{event} ne 'sms.send' } events($file);
    is_deeply [summary(@lines[-3 .. -1])],
        ['login.challenge success', 'factor.use success', 'login success'], 'the events';
    is_deeply [map { $_->{account} } @lines[-3 .. -1]], [($person->{id}) x 3], 'the account';

    # The text is the event of a code for a recent proof.
    my @token = (Authorization => $r->{json}{token});
    my $before = () = events($file);
    is $site->api('/users/confirm/sms', {}, @token)->{status}, 202, 'a code for a recent proof';
    my %proof = (password => $person->{password}, code => $site->code_of(Site::e164($person)));
    is $site->api('/users/confirm', \%proof, @token)->{status}, 200, 'which is given';
    @lines = (events($file))[$before .. $before + 1];
    is_deeply [summary(@lines)], ['sms.send success', 'confirm success'], 'the events';
    is_deeply [map { $_->{account} } @lines], [($person->{id}) x 2], 'the account';
    is $lines[0]{detail}{template}, 'login', 'the template';
    $site->stop;
};

subtest 'authsmsctl' => sub {
    plan skip_all => "no $Authsmsctl::program" unless Authsmsctl::available();
    my $site = Site->new(server => "AuthSMSAuditLog logs/audit\n")->start;
    my $person = $site->signup;
    my $file = $site->httpd->dir . '/logs/audit';
    my $name = $person->{username};
    my $before = events($file);
    my $ctl = sub {
        my ($code, $out) =
            Authsmsctl::run($site, '--config', $site->httpd->dir . '/httpd.conf', @_);
        is $code, 0, "@{[grep { !ref } @_]}" or diag $out;
        return $out;
    };
    $ctl->(@$_) for ['list'], ['show', $name], ['sessions', $name], ['role', $name],
        ['factor', $name], ['invite', 'list'], ['unlock', $name];
    is scalar(events($file)), $before, 'no line for what changes nothing';
    $ctl->('add', 'eve', '--number', '+447700900125', \"correct horse 1\n");
    $ctl->('role', $name, '+editor');
    $ctl->('lock', $name);
    $ctl->('unlock', $name);
    $ctl->('passwd', $name, \"correct horse 2\n");
    $ctl->('logout', $name);
    $ctl->('export', $name);
    $ctl->('invite', 'add');
    $ctl->('import', '--htpasswd', '-', \"bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n");
    $ctl->('delete', '--yes', $name);
    my @lines = (events($file))[$before .. $before + 20];
    @lines = grep { defined } @lines;
    is_deeply [map { $_->{event} } @lines], [
        qw(register role.change account.lock account.unlock password.change logout
            account.export invite account.import account.delete)
        ],
        'a line for each change and export';
    is_deeply [grep { $_ ne 'root' } map { $_->{detail}{operator} // 'none' } @lines], [],
        'with the user who ran it' if $> == 0;
    is $lines[1]{account}, $person->{id}, 'and the account';
    chmod 0755, $site->httpd->dir . '/logs';
    unlink $file;
    mkdir $file;
    like $ctl->('lock', 'eve'), qr/done, but the audit log \S+ cannot be written/,
        'a log that cannot be written: a note';
    $site->stop;
};

subtest 'program' => sub {
    my $site = Site->new;
    my $httpd = $site->httpd;
    my $out = $httpd->write('logs/piped', '');
    chmod 0666, $out;
    $httpd->write('tee.sh', "#!/bin/sh\nexec cat >>'$out'\n", 0755);
    $httpd->{conf} .= qq(AuthSMSAuditLog "|${\$httpd->dir}/tee.sh"\n);
    $site->start;
    $site->login({ username => 'x', password => 'y' });
    for (1 .. 100) { last if events($out) > 1; sleep 0.05 }
    is_deeply [summary(events($out))], ['start success', 'login.failed failure bad_credentials'],
        'gets the lines';
    $site->stop;
};

subtest 'failure to write' => sub {
    plan skip_all => 'no /dev/full' unless -c '/dev/full';
    my $site = Site->new(server => "AuthSMSAuditLog /dev/full\n")->start;
    is $site->login({ username => 'x', password => 'y' })->{status}, 401, 'requests are answered'
        for 1 .. 3;
    like $site->httpd->error_log, qr{AuthSMSAuditLog /dev/full: an event cannot be written},
        'the failure is logged';
    $site->httpd->expect_log(qr/an event cannot be written/);
    $site->stop;
};

subtest 'file that cannot be opened' => sub {
    my $site = Site->new(server => "AuthSMSAuditLog logs/audit\n");
    mkdir $site->httpd->dir . '/logs/audit' or die "mkdir: $!";
    ok !eval { $site->start; 1 }, 'httpd does not start';
    like $site->httpd->error_log, qr{AuthSMSAuditLog logs/audit cannot be opened},
        'with the reason';
    $site->httpd->expect_log(qr/cannot be opened|Unable to open logs/);
    is_deeply [$site->httpd->unexpected_log], [], 'no unexpected line in the error log';
};
done_testing;
